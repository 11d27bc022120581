/** Traits that are direct personal data: they live in Postgres and never in the event store. */
const personal = new Set([
  "email",
  "phone",
  "name",
  "firstname",
  "first_name",
  "lastname",
  "last_name",
  "fullname",
  "full_name",
  "username",
  "address",
  "street",
  "birthday",
  "birthdate",
  "date_of_birth",
  "ip",
  "avatar",
  "mobile",
  "telephone",
]);

/** Whether a trait is direct personal data by its name: an address, a name, a date of birth. */
export const isPersonalTrait = (key: string) => personal.has(key.toLowerCase());
