import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../design/button.tsx";
import { Link } from "../design/link.tsx";
import { usePlace } from "../design/place.tsx";
import { Mark, StationGlyph, useStationName } from "../design/station.tsx";
import { PhoneMenu } from "./account-menu.tsx";
import { LiveDot } from "./live-dot.tsx";
import { hasPage, type PageDefinition } from "./pages.ts";
import { type Me, may } from "./session.tsx";

/** Where one is, the way to a customer, and whether the server is there. */
export function AppBar({ me, page }: { me: Me; page: PageDefinition | undefined }) {
  const { t } = useTranslation();
  const place = usePlace();
  const name = useStationName();
  return (
    <header className="appbar">
      <Link className="mark" to="/" aria-label={t("shell:loop")}>
        <Mark />
      </Link>
      <div className="crumb">
        {page?.station ? (
          <>
            <StationGlyph station={page.station} />
            <span className="wide-only">{name(page.station)}</span>
            <span className="dim wide-only">/</span>
          </>
        ) : null}
        <b>{place.title || (page ? t(page.label) : "")}</b>
      </div>
      {hasPage("/customers", (right) => may(me, right)) ? <CustomerSearch /> : <span className="push" />}
      <LiveDot />
      <PhoneMenu me={me} />
    </header>
  );
}

/** Enter opens the customer list with these words. ⌘K or Ctrl K leads here from anywhere. */
function CustomerSearch() {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        input.current?.focus();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/customers" as "/", search: (words.trim() ? { q: words.trim() } : {}) as never });
    setWords("");
    input.current?.blur();
  };
  const isMac = /mac/i.test(navigator.userAgent);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is not known to all screen readers yet.
    <form className="search" role="search" onSubmit={submit}>
      <button
        type="submit"
        aria-label={t("search.go")}
        onClick={(event) => {
          if (words.trim()) return;
          event.preventDefault();
          input.current?.focus();
        }}
      >
        <Icon of={IconSearch} />
      </button>
      <input
        ref={input}
        type="search"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        aria-keyshortcuts="Meta+K Control+K"
      />
      <kbd>{isMac ? "⌘K" : "Ctrl K"}</kbd>
    </form>
  );
}
