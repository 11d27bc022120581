/** What customers read stands in their language, not in the operator's, so it is no string of the page. */
export const usualQuestion = {
  de: (brand: string) => `Würden Sie ${brand} einem Menschen empfehlen, der Ihnen nahesteht?`,
  en: (brand: string) => `Would you recommend ${brand} to someone close to you?`,
};
