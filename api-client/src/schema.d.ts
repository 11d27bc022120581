/**
 * The part of the API that the shell itself needs. `npm run generate` writes this file anew from the
 * server's OpenAPI document.
 */
export interface paths {
  "/api/setup": {
    get: {
      responses: { 200: { content: { "application/json": { needed: boolean; tokenNeeded: boolean } } } };
    };
    post: {
      requestBody: {
        content: {
          "application/json": {
            language: "en" | "de";
            name: string;
            email: string;
            password: string;
            brand: string;
            currency: string;
            timezone: string;
            token?: string;
          };
        };
      };
      responses: { 200: { content: { "application/json": { ok: boolean } } } };
    };
  };
  "/api/me": {
    get: {
      responses: {
        200: {
          content: {
            "application/json": {
              operator: { id: string; name: string; email: string; role: string; language: string };
              gardens: Garden[];
              garden: Garden | null;
              rights: string[];
            };
          };
        };
      };
    };
  };
}

interface Garden {
  id: string;
  brand: string;
  currency: string;
  timezone: string;
  synthetic: boolean;
}

export interface components {
  schemas: Record<string, never>;
}
