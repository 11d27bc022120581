export { type Driver, type Drivers, findDrivers, type NoDrivers } from "./drivers.ts";
export type { Regression, RegressionFailure } from "./regression.ts";
export type { DriverTable, LeftOut } from "./table.ts";
