import { Mapping } from "../model.ts";

/** Columns that connectors add and that say nothing of a customer. */
const ofConnectors = ["_fivetran_deleted", "_fivetran_synced", "_fivetran_id"];

/** Exports of tools for mail, surveys and service. */
export const tools: Record<string, Mapping> = {
  "klaviyo-events": Mapping.parse({
    title: "Klaviyo: events",
    source: "klaviyo",
    files: {
      events: {
        id: "id",
        name: "type",
        happenedAt: "datetime",
        customer: "person_id",
        campaign: "campaign_id",
      },
    },
    rules: {
      customerIds: { removeDecimals: false, kind: "source_id" },
      withoutColumns: [...ofConnectors, "uuid", "timestamp", "metric_id", "_variation"],
      channel: "email",
    },
  }),
  "klaviyo-profiles": Mapping.parse({
    title: "Klaviyo: profiles",
    source: "klaviyo",
    files: {
      persons: {
        customer: "id",
        email: "email",
        firstName: "first_name",
        lastName: "last_name",
        phone: "phone_number",
        company: "organization",
        street: "address_1",
        zip: "zip",
        city: "city",
        region: "region",
        country: "country",
        happenedAt: "updated",
      },
    },
    rules: {
      customerIds: { removeDecimals: false, kind: "source_id" },
      withoutColumns: [...ofConnectors, "created", "custom_email", "custom_object", "latitude", "longitude"],
    },
  }),
  "qualtrics-contacts": Mapping.parse({
    title: "Qualtrics: contacts of a directory",
    source: "qualtrics",
    files: {
      persons: {
        customer: "id",
        email: "email",
        firstName: "first_name",
        lastName: "last_name",
        phone: "phone",
        language: "language",
        happenedAt: "last_modified",
      },
    },
    rules: {
      customerIds: { removeDecimals: false, kind: "source_id" },
      otherColumns: "keep",
      withoutColumns: [...ofConnectors, "email_domain", "write_blanks", "directory_id", "creation_date"],
    },
  }),
  // That somebody took part, how far they came and how long it took; the table holds no answers.
  "qualtrics-responses": Mapping.parse({
    title: "Qualtrics: who took part",
    source: "qualtrics",
    files: {
      events: {
        id: "id",
        happenedAt: "recorded_date",
        email: "recipient_email",
        channel: "distribution_channel",
      },
    },
    rules: {
      constants: { name: "Survey Taken" },
      withoutColumns: [
        ...ofConnectors,
        "recipient_first_name",
        "recipient_last_name",
        "ip_address",
        "location_latitude",
        "location_longitude",
        "last_modified_date",
      ],
      channel: "survey",
    },
  }),
  // Results › Export of one survey whose question Q1 is the Net Promoter question and Q2 asks why.
  "qualtrics-nps": Mapping.parse({
    title: "Qualtrics: answers to a Net Promoter survey",
    source: "qualtrics",
    files: {
      answers: {
        answer: "ResponseId",
        happenedAt: "RecordedDate",
        email: "RecipientEmail",
        score: "Q1",
        text: "Q2",
      },
    },
    rules: { constants: { survey: "Net Promoter" } },
  }),
  // Views › Export CSV.
  "zendesk-tickets": Mapping.parse({
    title: "Zendesk: tickets",
    source: "zendesk",
    files: {
      tickets: {
        ticket: "Id",
        happenedAt: "Created at",
        solvedAt: "Solved at",
        email: "Requester email",
        subject: "Subject",
        status: "Status",
        priority: "Priority",
        topic: "Ticket type",
        channel: "Via",
        tags: "Tags",
      },
    },
    rules: {},
  }),
};
