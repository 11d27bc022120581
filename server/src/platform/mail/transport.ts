import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A mail as it goes out. */
export interface OutgoingMail {
  messageId: string;
  from: { name: string; address: string };
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface MailTransport {
  /** Where mails go: to a mail server, or into files of the data folder. */
  readonly kind: "smtp" | "file";
  /** Removes what is left here of a mail that was handed over; gives whether there was anything. */
  forget(messageId: string): Promise<boolean>;
  /** Resolves when the mail was taken over. Throws with `permanent` where trying again is of no use. */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

/** A mail that will never be taken: its address does not exist, or the server refuses it. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
}

/** Nobody waits longer than this for a mail server. */
const timeoutMs = 30_000;

/** Made with the first mail: a process that sends none does not hold the library in memory. */
function lazily<T extends { close(): void }>(make: (library: typeof import("nodemailer")) => T) {
  let made: Promise<T> | undefined;
  return {
    get(): Promise<T> {
      made ??= import("nodemailer").then(make);
      return made;
    },
    close: () => void made?.then((one) => one.close()),
  };
}

/** Hands mails to the server of `smtpUrl`; without one each becomes a file that mail programs open. */
export function openMailTransport(options: { smtpUrl?: string | undefined; dir: string }): MailTransport {
  return options.smtpUrl ? smtp(options.smtpUrl) : files(options.dir);
}

function smtp(url: string): MailTransport {
  const transport = lazily(({ createTransport }) =>
    createTransport({
      url,
      pool: true,
      maxConnections: 2,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A mail is made of our own words: nothing in it may name a file or an address to read.
      disableFileAccess: true,
      disableUrlAccess: true,
    }),
  );
  return {
    kind: "smtp",
    async send(mail) {
      try {
        await (await transport.get()).sendMail(mail);
      } catch (error) {
        const code = (error as { responseCode?: number }).responseCode;
        if (code !== undefined && code >= 500)
          throw new MailRefused((error as Error).message, { cause: error });
        throw error;
      }
    },
    forget: async () => false,
    close: () => transport.close(),
  };
}

const fileOf = (dir: string, messageId: string) =>
  join(dir, `${messageId.replace(/[^a-z0-9.@-]/gi, "")}.eml`);

/** Removes the file of a mail; gives whether there was one. */
export async function forgetMailFile(dir: string, messageId: string): Promise<boolean> {
  const path = fileOf(dir, messageId);
  await rm(`${path}.part`, { force: true });
  return rm(path).then(
    () => true,
    () => false,
  );
}

function files(dir: string): MailTransport {
  const composer = lazily(({ createTransport }) =>
    createTransport({ streamTransport: true, buffer: true, newline: "windows" }),
  );
  return {
    kind: "file",
    async send(mail) {
      const { message } = await (await composer.get()).sendMail({
        ...mail,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const path = fileOf(dir, mail.messageId);
      await writeFile(`${path}.part`, message as Buffer, { mode: 0o600, flush: true });
      await rename(`${path}.part`, path);
    },
    forget: (messageId) => forgetMailFile(dir, messageId),
    close: () => composer.close(),
  };
}
