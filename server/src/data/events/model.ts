/** A row of the event store, as the pipeline writes it. Times are ISO 8601 in UTC. */
export interface StoredEvent {
  event_id: string;
  /** Whom it was written for; never changed. */
  subject_id: number;
  /** The customer at the time of writing: the sort key. 0 where there is none. */
  customer_id: number;
  visitor_id: number;
  account_id: number;
  happened_at: string;
  received_at: string;
  source_id: number;
  import_id: number;
  name: string;
  channel: string;
  medium: string;
  campaign: string;
  session_id: number;
  record_key: string;
  record_version: number;
  amount_minor: number | null;
  currency: string;
  amount_garden_minor: number | null;
  synthetic: 0 | 1;
  properties: Record<string, unknown>;
}
