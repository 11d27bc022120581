import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";
import { type Language, useWords } from "./words.ts";

const BrandContext = createContext("");

/** The frame of a customers' page: the brand's name, the other language, one column. */
export function Frame({
  brand,
  onLanguage,
  children,
}: {
  brand: string;
  /** Left out where the page speaks one language only. */
  onLanguage?: ((language: Language) => void) | undefined;
  children: ReactNode;
}) {
  const { t, language } = useWords();
  const other = language === "de" ? "en" : "de";
  return (
    <BrandContext.Provider value={brand}>
      <div className="public of-brand">
        <header className="phead">
          <b className="wordmark">{brand}</b>
          {onLanguage ? (
            <button type="button" className="btn quiet" lang={other} onClick={() => onLanguage(other)}>
              {t("language")}
            </button>
          ) : null}
        </header>
        <main className="ask">{children}</main>
      </div>
    </BrandContext.Provider>
  );
}

/**
 * What the page is about now, which the browser's tab says too. It takes the focus when it appears after
 * something was done, so that it is read out.
 */
export function Heading({ children, takesFocus = false }: { children: ReactNode; takesFocus?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const brand = useContext(BrandContext);
  useEffect(() => {
    document.title = [heading.current?.textContent, brand].filter(Boolean).join(" · ");
  });
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

const paths = {
  lock: "M6 11h12v9H6zM8.5 11V8a3.500 3.500 0 0 1 7 0v3",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  check: "M5 12.500l4.500 4.500L19 7.500",
};

export function Note({
  tone = "plain",
  icon,
  children,
}: {
  tone?: "plain" | "bad" | "good";
  icon: keyof typeof paths;
  children: ReactNode;
}) {
  return (
    <div className={`note ${tone === "plain" ? "" : tone}`.trim()}>
      <svg className="ic" viewBox="0 0 24 24" aria-hidden="true">
        <path d={paths[icon]} />
      </svg>
      <span>{children}</span>
    </div>
  );
}
