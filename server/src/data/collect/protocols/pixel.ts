import type { FastifyInstance } from "fastify";
import type { Json } from "../model.ts";
import { credentialsOf } from "../writer.ts";
import { answerImage } from "./image.ts";
import { browserOf, contextOf } from "./page.ts";
import { type CollectSurroundings, statusOf, takeCalls, takesEvents } from "./seam.ts";
import { jsonIn, objectOf, present, textOf } from "./values.ts";

/** An event as the address of an image: for mails, and pages that run no script. */
export function pixelRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const path of ["/v1/pixel", "/v1/pixel/:type"]) {
    takesEvents(
      scope,
      "GET",
      path,
      {
        summary: path.endsWith(":type")
          ? "The same, with the call in the address"
          : "Accepts an event as an image",
        description:
          "`writeKey`, `event` (none is a page), `userId` or `anonymousId`, and where known `messageId`, `timestamp` and " +
          "`consent`, the granted categories with commas between; all else is a property. Or `data`, a whole call as base64 of JSON.",
      },
      async (request, reply) => {
        const { type } = request.params as { type?: string };
        const told = request.query as Json;
        const { "user-agent": userAgent, referer } = request.headers;
        const call: Json = {
          ...callOf(told, { userAgent: browserOf(userAgent), referer }),
          ...(type ? { type } : {}),
        };
        const shown = credentialsOf(request);
        const key = shown.key ?? textOf(call.writeKey);
        return answerImage(
          reply,
          statusOf(await takeCalls(around, request, { ...shown, key }, () => [call])),
        );
      },
    );
  }
}

/** What has a place of its own in a call. */
const own = new Set(
  "writeKey type event name category userId anonymousId previousId groupId messageId timestamp sentAt consent data".split(
    " ",
  ),
);

/** The call that an address means. */
export function callOf(
  told: Json,
  from: { userAgent?: string | undefined; referer?: string | undefined },
): Json {
  const around = contextOf({ url: from.referer, userAgent: from.userAgent });
  const data = textOf(told.data);
  if (data) {
    const call = objectOf(
      jsonIn(data) ?? jsonIn(Buffer.from(data.replaceAll(" ", "+"), "base64").toString("utf8")),
    );
    return { type: callTypeOf(call), ...call, context: { ...around, ...objectOf(call.context) } };
  }
  const {
    writeKey: _,
    consent,
    ...call
  } = Object.fromEntries(Object.entries(told).filter(([name]) => own.has(name)));
  const granted = textOf(consent)
    ?.split(",")
    .map((category) => [category.trim(), true] as const);
  return {
    type: callTypeOf(told),
    ...present(call),
    properties: Object.fromEntries(Object.entries(told).filter(([name]) => !own.has(name))),
    context: {
      ...around,
      ...(granted ? { consent: { categoryPreferences: Object.fromEntries(granted) } } : {}),
    },
  };
}

const callTypeOf = ({ event }: Json): string => (event === undefined ? "page" : "track");
