import { isGerman, type Surroundings } from "../parts.ts";
import { saysNo } from "../signal.ts";
import { css } from "./consent.css.ts";
import { words } from "./words.ts";

/** A purpose in the brand's words, as the server gives it. */
interface Purpose {
  key: string;
  name: { en: string; de: string };
  wording: { en: string; de: string };
}

let host: HTMLElement | undefined;
let isComing = false;

/** Asks the visitor, in the language of the page. It covers nothing that is needed, and leaves without an answer by Escape. */
export async function open(around: Surroundings): Promise<void> {
  if (isComing) return;
  if (host) return host.shadowRoot!.querySelector<HTMLElement>("[role=dialog]")!.focus();
  isComing = true;
  try {
    const { server, writeKey, options } = around;
    const answer = await fetch(`${server}/v1/projects/${writeKey}/purposes`, { credentials: "omit" });
    if (!answer.ok) return;
    const { brand, purposes } = (await answer.json()) as { brand: string; purposes: Purpose[] };
    const asked = options.purposes.flatMap((key) => purposes.find((one) => one.key === key) ?? []);
    show(around, brand, asked);
  } finally {
    isComing = false;
  }
}

function show(around: Surroundings, brand: string, purposes: Purpose[]): void {
  const { options } = around;
  const language = isGerman(options) ? "de" : "en";
  const say = words[language];
  const before = document.activeElement as HTMLElement | null;
  const isNobodyAsked = saysNo();
  const answers = around.answers();
  /** Measuring goes on unasked: it shows as it is, and to leave it so is no yes. */
  const isImplied = options.consent === "implied" && !("measure" in answers);
  const isNew = !isImplied && around.isOpen();
  const text = isNobodyAsked
    ? say.signal
    : [...(isImplied ? [say.implied] : isNew ? [say.ask] : []), say.change].join(" ");

  const element = <K extends keyof HTMLElementTagNameMap>(tag: K, text = "", more = {}) =>
    Object.assign(document.createElement(tag), { textContent: text }, more);
  const button = (text: string, done: () => void) =>
    element("button", text, {
      type: "button",
      onclick: () => {
        close();
        done();
      },
    });

  const isChoice = purposes.length > 1;
  const boxes = new Map<string, HTMLInputElement>();
  const list = element("ul");
  for (const { key, name, wording } of purposes) {
    const item = element("li");
    const box = element("input", "", {
      type: "checkbox",
      id: key,
      checked: answers[key] ?? (isImplied && key === "measure"),
    });
    box.setAttribute("aria-describedby", `${key}-words`);
    if (isChoice) {
      boxes.set(key, box);
      item.append(box, element("label", name[language], { htmlFor: key }));
    } else {
      item.className = "plain";
      item.append(element("b", name[language]));
    }
    item.append(element("p", wording[language], { id: `${key}-words` }));
    list.append(item);
  }
  const all = (granted: boolean) =>
    around.answer(Object.fromEntries(purposes.map(({ key }) => [key, granted])));
  const row = element("div", "", { className: "answers" });
  if (isNobodyAsked) row.append(button(say.close, () => {}));
  else {
    row.append(
      button(isChoice ? say.none : say.no, () => all(false)),
      button(isChoice ? say.all : say.yes, () => all(true)),
    );
    if (isChoice)
      row.append(
        button(say.chosen, () => {
          const said = [...boxes].map(([key, { checked }]): [string, boolean] => [key, checked]);
          around.answer(
            Object.fromEntries(said.filter(([key, yes]) => !(isImplied && key === "measure" && yes))),
          );
        }),
      );
  }

  const dialog = element("section", "", { lang: language, tabIndex: -1 });
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-labelledby", "title");
  dialog.setAttribute("aria-describedby", "text");
  dialog.append(
    element("h2", isNobodyAsked ? say.signalTitle : say.title.replace("{brand}", brand), { id: "title" }),
    element("p", text, { id: "text" }),
  );
  if (!isNobodyAsked) dialog.append(list);
  dialog.append(row);
  if (options.privacyUrl) dialog.append(element("a", say.privacy, { href: options.privacyUrl }));
  dialog.addEventListener("keydown", ({ key }) => key === "Escape" && close());

  host = document.createElement("rondell-consent");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  root.append(dialog);
  // First in the page: whoever goes by keyboard meets it first. Who is writing already is left alone.
  document.body.prepend(host);
  if (!before || before === document.body || before.matches("[data-rondell-consent]")) dialog.focus();

  function close(): void {
    host?.remove();
    host = undefined;
    if (before?.isConnected && before !== document.body) before.focus();
  }
}
