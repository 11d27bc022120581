import type { PropertyColumn } from "../../data/events/index.ts";
import type { Params, ParamValue } from "../../platform/clickhouse/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { eventFields, type FunnelStep, type StepFilter } from "./model.ts";

/** Gathers the parameters of a statement that is put together from parts. */
export class Bound {
  readonly params: Record<string, ParamValue> = {};
  /** Properties that the statement asks for; its `from` must bring them, by `eventsWith`. */
  readonly properties: PropertyColumn[] = [];
  readonly #columns = new Map<string, string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The placeholder of a new parameter. */
  add(value: ParamValue, type: string): string {
    const name = `${this.#prefix}${Object.keys(this.params).length}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }

  /** The column that a property becomes. */
  property(path: string): string {
    let column = this.#columns.get(path);
    if (!column) {
      column = `${this.#prefix}_property${this.properties.length}`;
      this.properties.push({ column, placeholder: this.add(path, "Identifier") });
      this.#columns.set(path, column);
    }
    return column;
  }

  /** Takes over the parameters of a ready subquery. */
  join(params: Params): void {
    Object.assign(this.params, params);
  }
}

/** A field or property of an event as text; empty where the event has none. */
export function valueSql(property: string, bound: Bound): string {
  if ((eventFields as readonly string[]).includes(property)) return property;
  return bound.property(property);
}

function filterSql(filter: StepFilter, bound: Bound): string {
  const value = valueSql(filter.property, bound);
  switch (filter.is) {
    case "equals":
      return `${value} = ${bound.add(filter.value, "String")}`;
    case "differs":
      return `${value} != ${bound.add(filter.value, "String")}`;
    case "contains":
      return `positionCaseInsensitiveUTF8(${value}, ${bound.add(filter.value, "String")}) > 0`;
    case "present":
      return `${value} != ''`;
    case "atLeast":
    case "atMost": {
      const limit = Number(filter.value);
      if (filter.value.trim() === "" || !Number.isFinite(limit)) {
        refuse("invalid", "journeys.not_a_number", `${filter.property} can only be compared with a number.`);
      }
      return `ifNull(toFloat64OrNull(${value}) ${filter.is === "atLeast" ? ">=" : "<="} ${bound.add(limit, "Float64")}, 0)`;
    }
  }
}

/** Whether an event is this step of a funnel. */
export function stepSql(step: FunnelStep, bound: Bound): string {
  return [
    `name = ${bound.add(step.event, "String")}`,
    ...step.filters.map((filter) => filterSql(filter, bound)),
  ].join(" and ");
}
