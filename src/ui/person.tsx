import type { ComponentChildren } from "preact";

/** An officer as others see them: the person, and below it the office, since it is the office that acts. */
export function Person({
  name,
  role,
  office,
  country,
}: {
  readonly name: ComponentChildren;
  readonly role?: ComponentChildren;
  readonly office?: ComponentChildren;
  readonly country?: ComponentChildren;
}) {
  return (
    <span class="person">
      <span>
        {name}
        {role && <span class="quiet">, {role}</span>}
      </span>
      {(office || country) && (
        <span class="quiet">
          {office}
          {office && country ? ", " : null}
          {country}
        </span>
      )}
    </span>
  );
}
