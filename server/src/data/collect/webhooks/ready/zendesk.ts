import { type Ready, rule } from "./model.ts";

/**
 * Zendesk's event webhooks: `detail` is the ticket or the user. A ticket names its requester by number only; the events of
 * users tell whose number it is, so subscribe to both. The subject and the texts of a ticket stay out: they are personal.
 * Facts: developer.zendesk.com, webhook event types, ticket events and user events.
 */
export const zendesk: Ready = {
  provider: "zendesk",
  name: "Zendesk",
  signature: { scheme: "zendesk", toleranceSeconds: 300 },
  deliveryId: "$.id",
  rules: [
    rule({
      event: "Ticket Created",
      when: [["$.type", "equal", "zen:event-type:ticket.created"]],
      person: { externalId: "$.detail.requester_id" },
      time: "$.time ?? $.detail.created_at",
      properties: {
        ticket_id: "$.detail.id",
        priority: "$.detail.priority | lower",
        kind: "$.detail.type | lower",
        tags: "$.detail.tags",
        channel: '"support"',
        via: "$.detail.via.channel",
      },
    }),
    rule({
      event: "Ticket Solved",
      when: [
        ["$.type", "equal", "zen:event-type:ticket.status_changed"],
        ["$.event.current | lower", "equal", "solved"],
      ],
      person: { externalId: "$.detail.requester_id" },
      time: "$.time",
      properties: {
        ticket_id: "$.detail.id",
        priority: "$.detail.priority | lower",
        tags: "$.detail.tags",
        channel: '"support"',
      },
    }),
    rule({
      makes: "person",
      when: [["$.type", "contains", "zen:event-type:user."]],
      person: {
        externalId: "$.detail.id",
        email: "$.detail.email",
        userId: "$.detail.external_id",
      },
      time: "$.time",
    }),
  ],
};
