import { z } from "zod";
import { customersById } from "../../data/profiles/index.ts";
import type { Route } from "../../garden/index.ts";
import { csvLines } from "../../platform/csv.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { baseUrlOf, SurveyPath, type SurveysSurroundings, surveyIdOf } from "./addresses.ts";
import { getSurvey } from "./edit.ts";
import { contactableCustomers, createLinks, linkChannels, linksMax } from "./links.ts";

const tag = "Surveys";
const Channel = z.enum(linkChannels);

/** Personal links: one to show to a customer, or a list of them to be sent. */
export function linksRoutes(route: Route, around: SurveysSurroundings): void {
  route({
    method: "POST",
    url: "/api/surveys/:id/links",
    access: { right: "experience:write" },
    tag,
    summary: "Make a personal link to show to a customer",
    description:
      "The link is told once. It may be shown to its customer; `contactable` says whether the brand may also send it.",
    params: SurveyPath,
    body: z.object({ customerId: z.string(), channel: Channel.default("email") }),
    reply: z.object({ url: z.string(), contactable: z.boolean() }),
    refusals: ["survey.missing", "survey.not_open", "customer.missing"],
    status: 201,
    handler: async ({ ctx, params, body, request }) => {
      const survey = await getSurvey(ctx, surveyIdOf(params.id));
      const [link] = await createLinks(ctx, {
        surveyId: survey.id,
        customerIds: [customerIdOf(body.customerId)],
        purpose: "show",
        channel: body.channel,
      });
      return {
        url: `${baseUrlOf(around, request)}/s/${survey.slug}?t=${link!.token}`,
        contactable: link!.contactable,
      };
    },
  });

  route({
    method: "POST",
    url: "/api/surveys/:id/links.csv",
    access: { right: "experience:write" },
    tag,
    summary: "Personal links of a list of customers, as CSV",
    description:
      "Customers who did not consent to be contacted in the channel get no link: their line says `no_consent`.",
    params: SurveyPath,
    body: z.object({
      /** Left out: everyone known who consented to be contacted in the channel. */
      customerIds: z.array(z.string()).min(1).max(linksMax).optional(),
      channel: Channel.default("email"),
    }),
    refusals: ["survey.missing", "survey.not_open", "customer.missing", "survey.links_too_many"],
    bodyLimit: 1024 * 1024,
    handler: async ({ ctx, params, body, request, reply }) => {
      ctx.require("customers:read");
      const survey = await getSurvey(ctx, surveyIdOf(params.id));
      const links = await createLinks(ctx, {
        surveyId: survey.id,
        customerIds: body.customerIds?.map(customerIdOf) ?? (await contactableCustomers(ctx, body.channel)),
        purpose: "send",
        channel: body.channel,
      });
      const customers = new Map(
        (
          await customersById(
            ctx.pool,
            links.map((link) => link.customerId),
          )
        ).map((one) => [one.id, one]),
      );
      const base = `${baseUrlOf(around, request)}/s/${survey.slug}`;
      const lines = links.map(({ customerId, token }) => {
        const customer = customers.get(customerId);
        // Without consent not even the address leaves: the line only says that there is nobody to write to.
        const address = token ? [customer?.displayName, customer?.email] : [null, null];
        return [
          publicId("customer", customerId),
          ...address,
          token ? `${base}?t=${token}` : null,
          token ? "ok" : "no_consent",
        ];
      });
      const head = ["customer_id", "name", "email", "link", "state"];
      void reply
        .type("text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="${survey.slug}-links.csv"`)
        .header("cache-control", "no-store");
      return csvLines([head, ...lines.map((cells) => cells.map((cell) => cell ?? ""))]);
    },
  });
}

const customerIdOf = (id: string) =>
  parseId("customer", id) ?? refuse("missing", "customer.missing", `There is no customer ${id}.`);
