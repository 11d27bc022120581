import type { JobRights } from "./garden/jobs.ts";

/** Who may see the runs of each job, and who may end one: whoever sees what it makes, and whoever may start it. */
export const jobRights: Record<string, JobRights> = {
  "imports.run": { read: "data:read", cancel: "data:write" },
  "imports.tidy": { read: "data:read", cancel: "data:write" },
  "data.forget": { read: "data:read", cancel: "garden:write" },
  "consent.keep": { read: "data:read", cancel: "data:write" },
  "consent.verify": { read: "data:read", cancel: "data:write" },
  "identity.duplicates": { read: "customers:read", cancel: "data:write" },
  "privacy.sweep": { read: "privacy:read", cancel: "privacy:erase" },
  "privacy.export": { read: "privacy:read", cancel: "privacy:write" },
  "privacy.retain": { read: "privacy:read", cancel: "privacy:erase" },
  "keys.seal": { read: "garden:write", cancel: "garden:write" },
  "garden.recompute": { read: "settings:read", cancel: "settings:write" },
  "insight.run": { read: "insight:read", cancel: "insight:run" },
  "offer.refresh": { read: "offer:read", cancel: "insight:run" },
  "sample.run": { read: "garden:write", cancel: "garden:write" },
};
