import { isGerman, type Surroundings } from "../parts.ts";

let last: Surroundings | undefined;

/**
 * Leads to the survey that an element names: a link at once, a frame only after the yes, because it is a request. With the
 * yes the answer belongs to the visitor; without it, it has no name.
 */
export function open(around: Surroundings): void {
  last = around;
  const isAllowed = around.allows("measure");
  for (const place of document.querySelectorAll<HTMLElement>("[data-rondell-survey]")) {
    const { rondellSurvey = "" } = place.dataset;
    const language = isGerman(around.options) ? "de" : "en";
    const url = new URL(`${around.server}/s/${encodeURIComponent(rondellSurvey)}`);
    url.searchParams.set("lang", language);
    if (isAllowed) url.searchParams.set("aid", around.visitor());
    if (place instanceof HTMLAnchorElement) place.href = url.href;
    else if (isAllowed) frame(place, url.href, language === "de" ? "Umfrage" : "Survey");
  }
}

/** After a no: takes the frames away, and the visitor's id out of the links. */
export function empty(): void {
  if (!last) return;
  if (!last.allows("measure"))
    for (const frame of document.querySelectorAll("[data-rondell-survey] > iframe")) frame.remove();
  open(last);
}

function frame(place: HTMLElement, src: string, title: string): void {
  if (place.querySelector("iframe")) return;
  const made = Object.assign(document.createElement("iframe"), { src, title, loading: "lazy" as const });
  made.style.cssText = "width:100%;height:640px;border:0";
  place.append(made);
}
