import { type Ready, rule } from "./model.ts";

/** A telephone system that tells of an ended call: the names that most of them give these things. */
export const calls: Ready = {
  provider: "calls",
  name: "Call centre",
  signature: { scheme: "header", header: "x-webhook-secret" },
  deliveryId: "$.event_id ?? $.call.id ?? $.call_id ?? $.id",
  rules: [
    rule({
      event: "Call Ended",
      when: [["$.event ?? $.type ?? $.status", "one_of", "call.ended, call_ended, ended, hangup, completed"]],
      person: {
        userId: "$.call.customer_number ?? $.customer_number",
        phone: "$.call.from ?? $.call.caller_number ?? $.from ?? $.caller_number",
      },
      time: "$.call.ended_at ?? $.call.started_at ?? $.ended_at ?? $.started_at ?? $.timestamp",
      properties: {
        channel: '"hotline"',
        direction: "$.call.direction ?? $.direction",
        duration_seconds: "$.call.duration ?? $.call.duration_seconds ?? $.duration ?? $.duration_seconds",
        queue: "$.call.queue ?? $.queue",
        outcome: "$.call.outcome ?? $.call.disposition ?? $.outcome ?? $.disposition",
      },
    }),
  ],
};
