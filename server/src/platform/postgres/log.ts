/** What these modules need of a logger; a pino logger fits as it is. */
export interface PostgresLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
