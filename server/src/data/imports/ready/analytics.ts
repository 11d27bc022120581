import { Mapping } from "../model.ts";

/** Exports of web analytics. */
export const analytics: Record<string, Mapping> = {
  // The daily tables that Analytics 4 writes to BigQuery, exported as lines of JSON.
  "google-analytics-4": Mapping.parse({
    title: "Google Analytics 4: events",
    source: "google-analytics",
    files: {
      events: {
        name: "event_name",
        happenedAt: "event_timestamp",
        customer: "user_id",
        anonymous: "user_pseudo_id",
        campaign: "traffic_source.name",
      },
    },
    rules: {
      dates: "unix",
      meanings: {
        name: {
          page_view: "Page Viewed",
          view_item: "Product Viewed",
          add_to_cart: "Product Added",
          begin_checkout: "Checkout Started",
          view_search_results: "Products Searched",
        },
      },
      withoutColumns: ["event_date", "stream_id"],
      channel: "web",
    },
  }),
  // The sample of the Google Merchandise Store: a line for each page. The number of the visitor was rounded by a
  // spreadsheet, so that it names nobody.
  "google-analytics-sessions": Mapping.parse({
    title: "Google Analytics: sessions",
    source: "google-analytics",
    files: { events: { happenedAt: "visitId", channel: "channelGrouping" } },
    rules: {
      constants: { name: "Page Viewed" },
      dates: "unix",
      withoutColumns: ["fullVisitorId", "date"],
    },
  }),
  // Visitors › Visits log › Export as CSV: a line for each visit.
  "matomo-visits": Mapping.parse({
    title: "Matomo: visits",
    source: "matomo",
    files: {
      events: {
        id: "idVisit",
        happenedAt: "serverTimestamp",
        customer: "userId",
        anonymous: "visitorId",
        channel: "referrerType",
      },
    },
    rules: {
      constants: { name: "Website Visited" },
      dates: "unix",
      meanings: { channel: { direct: "web", website: "referral" } },
      withoutColumns: ["visitIp", "fingerprint", "serverDate", "serverTimePretty", "serverDatePretty"],
      channel: "web",
    },
  }),
};
