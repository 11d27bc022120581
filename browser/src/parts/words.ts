const en = {
  title: "{brand} asks: what may we use?",
  ask: "Nothing is recorded before you answer.",
  implied: "Visits are measured already; you can refuse that here.",
  change: "You can change your answer at any time.",
  all: "Allow all",
  none: "Refuse all",
  chosen: "Allow what is ticked",
  yes: "Allow",
  no: "Refuse",
  privacy: "More about privacy",
  signalTitle: "Your browser has answered",
  signal: "It asks that nobody follow you. We keep to that: nothing is recorded.",
  close: "Close",
};

const de: typeof en = {
  title: "{brand} fragt: Was dürfen wir verwenden?",
  ask: "Bevor Sie antworten, zeichnen wir nichts auf.",
  implied: "Besuche messen wir schon; hier können Sie das ablehnen.",
  change: "Ihre Antwort können Sie jederzeit ändern.",
  all: "Alles erlauben",
  none: "Alles ablehnen",
  chosen: "Angekreuztes erlauben",
  yes: "Erlauben",
  no: "Ablehnen",
  privacy: "Mehr zum Datenschutz",
  signalTitle: "Ihr Browser hat schon geantwortet",
  signal: "Er bittet darum, dass Ihnen niemand folgt. Daran halten wir uns: Wir zeichnen nichts auf.",
  close: "Schließen",
};

export const words = { en, de };
