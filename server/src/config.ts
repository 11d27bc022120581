import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Everything that the surroundings decide. This file is the only reader of the environment. */
export interface Config {
  /** Folder that holds both engines, secrets, staged files and the command socket. */
  dataDir: string;
  host: string;
  port: number;
  /** Address that customers and operators reach this server by, without a trailing slash. */
  publicUrl?: string;
  /** A mail server, as smtps://user:password@host; without one mails become files in the data folder. */
  smtpUrl?: string;
  /** Who mails are from; `no-reply@` the public address where nothing is said. */
  mailFrom?: string;
  databaseUrl?: string;
  clickhouseUrl?: string;
  logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Bytes that may wait in the inbox before collect answers 429. */
  inboxBytesMax: number;
  /** Whether webhooks may be sent to addresses within the server's own network. */
  webhookAllowPrivate: boolean;
  /** Keys that seal free text, newest first; undefined keeps them in a file of the data folder. */
  encryptionKey?: string;
  /** Whether `x-forwarded-for` of the caller is believed. */
  trustProxy: boolean;
  /** Folder of the project: migrations and the built pages lie below it. */
  projectDir: string;
}

const Environment = z.object({
  RONDELL_DATA_DIR: z.string().min(1).default("./data"),
  RONDELL_HOST: z.string().min(1).default("127.0.0.1"),
  RONDELL_PORT: z.coerce.number().int().min(0).max(65_535).default(4300),
  RONDELL_PUBLIC_URL: z.url().optional(),
  RONDELL_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  RONDELL_MAIL_FROM: z.string().min(3).max(300).optional(),
  DATABASE_URL: z.string().min(1).optional(),
  RONDELL_CLICKHOUSE_URL: z.url().optional(),
  RONDELL_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  RONDELL_INBOX_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(256 * 1024 * 1024),
  RONDELL_ENCRYPTION_KEY: z.string().min(1).optional(),
  RONDELL_ENCRYPTION_KEY_FILE: z.string().min(1).optional(),
  RONDELL_TRUST_PROXY: z.enum(["0", "1", "true", "false"]).default("0"),
  RONDELL_WEBHOOK_ALLOW_PRIVATE: z.enum(["0", "1", "true", "false"]).default("0"),
});

/**
 * Reads the settings from `env`. Throws an Error that names each bad variable and what it takes.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`These settings cannot be used:\n${faults.join("\n")}\nCorrect them and start again.`);
  }
  const values = parsed.data;
  return {
    dataDir: resolve(values.RONDELL_DATA_DIR),
    host: values.RONDELL_HOST,
    port: values.RONDELL_PORT,
    publicUrl: values.RONDELL_PUBLIC_URL?.replace(/\/+$/, ""),
    smtpUrl: values.RONDELL_SMTP_URL,
    mailFrom: values.RONDELL_MAIL_FROM,
    databaseUrl: values.DATABASE_URL,
    clickhouseUrl: values.RONDELL_CLICKHOUSE_URL,
    logLevel: values.RONDELL_LOG_LEVEL,
    inboxBytesMax: values.RONDELL_INBOX_BYTES_MAX,
    webhookAllowPrivate:
      values.RONDELL_WEBHOOK_ALLOW_PRIVATE === "1" || values.RONDELL_WEBHOOK_ALLOW_PRIVATE === "true",
    encryptionKey:
      values.RONDELL_ENCRYPTION_KEY ??
      (values.RONDELL_ENCRYPTION_KEY_FILE && readFileSync(values.RONDELL_ENCRYPTION_KEY_FILE, "utf8")),
    trustProxy: values.RONDELL_TRUST_PROXY === "1" || values.RONDELL_TRUST_PROXY === "true",
    projectDir: projectDir(),
  };
}

/** The nearest folder upwards that holds the server's migrations; the same from source and from the bundle. */
function projectDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, "server", "migrations"))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error("The folder server/migrations is missing: install Rondell again.");
    dir = parent;
  }
  return dir;
}
