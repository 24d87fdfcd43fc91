import type { Property } from "../property.ts";
import { settlement } from "./settlement.ts";
import { sortition } from "./sortition.ts";
import { trust } from "./trust.ts";

/** In the order in which they are proved. */
export const PROPERTIES: readonly Property[] = [...sortition, ...settlement, ...trust];
