export {
  countryCode,
  type Country as Searched,
  type Observable,
  OBSERVABLE_TYPES,
  type ObservableType,
} from "./finding.ts";
export { isFamous } from "./famous.ts";
export { findObservables, OBSERVABLES_MAX } from "./observable.ts";
export { readPhone } from "./phones.ts";
