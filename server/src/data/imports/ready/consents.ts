import { Mapping } from "../model.ts";

/**
 * Exports of consents. Each names its purpose by `contact`, which every garden has; whoever has others says so in
 * `rules.meanings.purpose` of a copy.
 */
export const consents: Record<string, Mapping> = {
  // Audience › Export Audience: one of three files, as Mailchimp's help on exports describes them. Times are UTC.
  "mailchimp-subscribed": Mapping.parse({
    title: "Mailchimp: subscribed contacts",
    source: "mailchimp",
    files: { consents: { email: "Email Address", happenedAt: "CONFIRM_TIME" } },
    rules: {
      constants: { purpose: "contact", answer: "subscribed", origin: "Mailchimp" },
      dates: "iso",
    },
  }),
  "mailchimp-unsubscribed": Mapping.parse({
    title: "Mailchimp: unsubscribed contacts",
    source: "mailchimp",
    files: { consents: { email: "Email Address", happenedAt: "UNSUB_TIME", origin: "UNSUB_CAMPAIGN_TITLE" } },
    rules: { constants: { purpose: "contact", answer: "unsubscribed" }, dates: "iso" },
  }),
  // The table of persons as connectors copy it: a form's consent is a list of channels with the time of the form.
  "klaviyo-consents": Mapping.parse({
    title: "Klaviyo: consents of profiles",
    source: "klaviyo",
    files: {
      consents: {
        customer: "id",
        email: "email",
        answer: "custom_consent",
        happenedAt: "custom_consent_timestamp",
        origin: "custom_consent_method",
        wording: "custom_consent_form_version",
      },
    },
    rules: {
      customerIds: { removeDecimals: false, kind: "source_id" },
      constants: { purpose: "contact" },
      // Only e-mail is an answer here: a list of other channels is not guessed to mean it.
      meanings: {
        answer: {
          email: "yes",
          '["email"]': "yes",
          "['email']": "yes",
          '["email","sms"]': "yes",
          '["email", "sms"]': "yes",
        },
      },
    },
  }),
  // Script tag › Consent history of one controller id, as Usercentrics' help describes the file. Which service is which
  // purpose is the brand's to say: without it every line is rejected as of an unknown purpose.
  "usercentrics-history": Mapping.parse({
    title: "Usercentrics: consent history of a visitor",
    source: "usercentrics",
    files: {
      consents: {
        customer: "Controller ID",
        purpose: "Data Processing Service ID",
        answer: "Consent Given",
        happenedAt: "Timestamp",
        origin: "Consent Action",
        wording: "CMP Configuration Version",
      },
    },
    rules: { customerIds: { removeDecimals: false, kind: "source_id" } },
  }),
};
