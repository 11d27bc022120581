import type { Language } from "../garden/index.ts";

/** The fictional brand of the sample garden: a coffee roaster with shops, a web shop, letters and a hotline. */
export const brand = {
  name: "Silberkranich",
  site: "https://silberkranich.example",
  currency: "EUR",
  timezone: "Europe/Berlin",
  shops: ["Kontor am Hafen", "Nordmarkt", "Alte Remise"],
} as const;

export const categories = ["espresso", "filter", "gear", "cups", "gifts", "pantry"] as const;
export type Category = (typeof categories)[number];

export interface Product {
  id: string;
  name: Record<Language, string>;
  category: Category;
  priceMinor: number;
}

const rows: [string, string, string, Category, number][] = [
  ["esp-dawn", "Dawn Espresso, 250 g", "Espresso Morgengrauen, 250 g", "espresso", 890],
  ["esp-dawn-kg", "Dawn Espresso, 1 kg", "Espresso Morgengrauen, 1 kg", "espresso", 2990],
  ["esp-tide", "Tide Espresso, 250 g", "Espresso Gezeiten, 250 g", "espresso", 990],
  ["esp-tide-kg", "Tide Espresso, 1 kg", "Espresso Gezeiten, 1 kg", "espresso", 3290],
  ["esp-decaf", "Quiet Espresso, decaf, 250 g", "Espresso Stille, entkoffeiniert, 250 g", "espresso", 1050],
  ["esp-crema", "Crane Crema, 500 g", "Kranich Crema, 500 g", "espresso", 1490],
  ["fil-ethiopia", "Ethiopia filter, 250 g", "Filter Äthiopien, 250 g", "filter", 1290],
  ["fil-kenya", "Kenya filter, 250 g", "Filter Kenia, 250 g", "filter", 1390],
  ["fil-colombia", "Colombia filter, 250 g", "Filter Kolumbien, 250 g", "filter", 1190],
  ["fil-house", "House filter, 500 g", "Hausfilter, 500 g", "filter", 1590],
  ["fil-house-kg", "House filter, 1 kg", "Hausfilter, 1 kg", "filter", 2790],
  ["fil-decaf", "Quiet filter, decaf, 250 g", "Filter Stille, entkoffeiniert, 250 g", "filter", 1190],
  ["gear-dripper", "Hand dripper", "Handfilter", "gear", 2490],
  ["gear-papers", "Filter papers, 100", "Filterpapier, 100 Stück", "gear", 590],
  ["gear-grinder", "Hand mill", "Handmühle", "gear", 7900],
  ["gear-kettle", "Gooseneck kettle", "Schwanenhalskessel", "gear", 5900],
  ["gear-scale", "Brewing scale", "Brühwaage", "gear", 3900],
  ["gear-tamper", "Tamper", "Tamper", "gear", 2900],
  ["gear-brush", "Group head brush", "Siebträgerbürste", "gear", 990],
  ["gear-descaler", "Descaler", "Entkalker", "gear", 890],
  ["cup-espresso", "Espresso cup", "Espressotasse", "cups", 1290],
  ["cup-flat", "Flat white cup", "Flat-White-Tasse", "cups", 1490],
  ["cup-mug", "Crane mug", "Kranichbecher", "cups", 1690],
  ["cup-go", "Travel cup", "Becher für unterwegs", "cups", 1990],
  ["gift-tasting", "Tasting set of three", "Probierset mit drei Röstungen", "gifts", 2490],
  ["gift-box", "Gift box", "Geschenkbox", "gifts", 3490],
  ["gift-course", "Barista course voucher", "Gutschein Barista-Kurs", "gifts", 6900],
  ["gift-card", "Gift card", "Geschenkkarte", "gifts", 2500],
  ["pan-chocolate", "Dark chocolate, 80 g", "Zartbitterschokolade, 80 g", "pantry", 490],
  ["pan-cantuccini", "Cantuccini, 200 g", "Cantuccini, 200 g", "pantry", 690],
  ["pan-syrup", "Vanilla syrup", "Vanillesirup", "pantry", 890],
  ["pan-oat", "Oat drink for baristas, 1 l", "Haferdrink für Baristas, 1 l", "pantry", 290],
];
export const products: readonly Product[] = rows.map(([id, en, de, category, priceMinor]) => ({
  id,
  name: { en, de },
  category,
  priceMinor,
}));
export const productById = new Map(products.map((product) => [product.id, product]));

/** Loose beans fill an order up to its amount: they are sold by weight. */
export const looseBeans: Omit<Product, "priceMinor"> = {
  id: "esp-loose",
  name: { en: "Loose beans by weight", de: "Lose Bohnen nach Gewicht" },
  category: "espresso",
};

export const personas = ["barista", "filter", "office", "neighbour", "giver"] as const;
export type Persona = (typeof personas)[number];

/** What a persona likes and where it buys. */
export interface PersonaTraits {
  /** Of those whose value was not looked at; `leanings` moves it with what a customer spends and how often. */
  share: number;
  /** Share of purchases on the web rather than at a till. */
  webShare: number;
  taste: Record<Category, number>;
  /** How much a customer's spend (in units of the mean) and rate speak for this persona. */
  leanings: { spend: number; rate: number };
  /** Added to the score that a survey gets. */
  cheer: number;
}

export const personaTraits: Record<Persona, PersonaTraits> = {
  barista: {
    share: 0.24,
    webShare: 0.75,
    taste: { espresso: 8, filter: 0.5, gear: 3, cups: 1, gifts: 0.3, pantry: 1.5 },
    leanings: { spend: 0.4, rate: 0.3 },
    cheer: 0.3,
  },
  filter: {
    share: 0.2,
    webShare: 0.7,
    taste: { espresso: 0.4, filter: 8, gear: 2.5, cups: 1, gifts: 0.4, pantry: 1 },
    leanings: { spend: 0, rate: 0 },
    cheer: 0.2,
  },
  office: {
    share: 0.12,
    webShare: 0.9,
    taste: { espresso: 5, filter: 5, gear: 0.6, cups: 0.6, gifts: 0.5, pantry: 4 },
    leanings: { spend: 1.2, rate: 0.6 },
    cheer: -0.4,
  },
  neighbour: {
    share: 0.28,
    webShare: 0.12,
    taste: { espresso: 3, filter: 3, gear: 0.5, cups: 1.2, gifts: 0.8, pantry: 4 },
    leanings: { spend: -0.8, rate: 0.4 },
    cheer: 0.5,
  },
  giver: {
    share: 0.16,
    webShare: 0.55,
    taste: { espresso: 0.6, filter: 0.6, gear: 1, cups: 4, gifts: 8, pantry: 2 },
    leanings: { spend: 0.3, rate: -0.5 },
    cheer: 0,
  },
};

export const firstNames = [
  "Anna", "Ben", "Clara", "David", "Elif", "Finn", "Greta", "Hannes", "Ines", "Jonas", "Katrin", "Levi", "Mina", "Nils",
  "Olga", "Paul", "Rana", "Simon", "Tilda", "Umut", "Vera", "Wanda", "Yusuf", "Zoe", "Marie", "Emil", "Lotte", "Karim",
]; // biome-ignore format: a list of names is read more easily in lines
export const lastNames = [
  "Albers", "Brandt", "Conrad", "Demir", "Ehlers", "Fuchs", "Götz", "Hansen", "Ivanova", "Janssen", "Krüger", "Lorenz",
  "Möller", "Nowak", "Otto", "Petersen", "Richter", "Schulte", "Thomsen", "Ullrich", "Vogt", "Wagner", "Yilmaz", "Ziegler",
]; // biome-ignore format: a list of names is read more easily in lines
export const cities = ["Hamburg", "Bremen", "Lübeck", "Kiel", "Rostock", "Hannover", "Oldenburg", "Schwerin"];

/** Reasons that customers give for a score, by how content they are. */
export const reasons: Record<"promoter" | "passive" | "detractor", Record<Language, readonly string[]>> = {
  promoter: {
    en: ["The coffee is always fresh.", "I love the advice in the shop.", "Fast delivery and great beans."],
    de: [
      "Der Kaffee ist immer frisch.",
      "Die Beratung im Laden ist wunderbar.",
      "Schnelle Lieferung, tolle Bohnen.",
    ],
  },
  passive: {
    en: ["Good coffee, but not cheap.", "Delivery could be a bit faster.", "All fine so far."],
    de: [
      "Guter Kaffee, aber nicht billig.",
      "Die Lieferung könnte schneller sein.",
      "Bisher alles in Ordnung.",
    ],
  },
  detractor: {
    en: [
      "My parcel came late twice.",
      "The beans tasted burnt.",
      "Nobody answered the phone for twenty minutes.",
    ],
    de: [
      "Mein Paket kam zweimal zu spät.",
      "Die Bohnen schmeckten verbrannt.",
      "Am Telefon ging zwanzig Minuten niemand dran.",
    ],
  },
};

export const topics = ["delivery", "damaged", "question", "invoice", "taste"] as const;
