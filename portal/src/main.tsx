import "./tokens.css";
import "./pages.css";
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Consents } from "./consents.tsx";
import { Frame, Heading } from "./frame.tsx";
import { type PageData, readPageData, wearBrand } from "./page-data.ts";
import { Privacy } from "./privacy.tsx";
import { Survey } from "./survey.tsx";
import { type Language, WordsContext, wordsOf } from "./words.ts";

const place = document.getElementById("root");
if (!place) throw new Error("The page has no #root.");

const data = readPageData();
wearBrand(data);

/** A customers' page. Changing the language keeps what was chosen and written. */
function Page({ data }: { data: PageData }) {
  const [language, setLanguage] = useState<Language>(data.language);
  const words = useMemo(() => wordsOf(language), [language]);
  const speak = (next: Language) => {
    document.documentElement.lang = next;
    setLanguage(next);
  };
  const [brand, speaksBoth] =
    data.view === "survey" ? [data.survey.brand, data.survey.languages.length > 1] : [brandOf(data), true];
  return (
    <WordsContext value={words}>
      <Frame brand={brand} onLanguage={speaksBoth ? speak : undefined}>
        <Content data={data} />
      </Frame>
    </WordsContext>
  );
}

function brandOf(data: PageData): string {
  if (data.view === "consents") return data.consents.brand;
  return data.view === "privacy" ? data.privacy.brand : "";
}

function Content({ data }: { data: PageData }) {
  switch (data.view) {
    case "survey":
      return <Survey survey={data.survey} />;
    case "privacy":
      return <Privacy initial={data.privacy} />;
    case "consents":
      return <Consents initial={data.consents} />;
    default:
      return <Lost link={data.view === "unknown_link"} />;
  }
}

function Lost({ link }: { link: boolean }) {
  return (
    <WordsContext.Consumer>
      {({ t }) => (
        <>
          <Heading>{t(link ? "unknown_link.title" : "missing.title")}</Heading>
          <p>{t(link ? "unknown_link.text" : "missing.text")}</p>
        </>
      )}
    </WordsContext.Consumer>
  );
}

createRoot(place).render(
  <StrictMode>
    <Page data={data} />
  </StrictMode>,
);
