import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";

/** Text to be copied as it is: a script, a key. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation("sources");
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 3_000);
  };
  // Outside of a secure address the browser gives no clipboard: the text can still be marked by hand.
  const canCopy = typeof navigator.clipboard?.writeText === "function";
  return (
    <div className="stack">
      <section
        className="mono"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        style={{
          padding: "var(--s3)",
          overflowX: "auto",
          borderRadius: "var(--r-control)",
          background: "var(--sunken)",
          fontSize: "var(--text-xs)",
          lineHeight: 1.6,
        }}
      >
        <pre style={{ margin: 0, font: "inherit" }}>{text.trimEnd()}</pre>
      </section>
      {canCopy ? (
        <div className="row">
          <Button icon={isCopied ? IconCheck : IconCopy} onClick={() => void copy()}>
            <span aria-live="polite">{isCopied ? t("copied") : t("copy")}</span>
          </Button>
        </div>
      ) : null}
    </div>
  );
}
