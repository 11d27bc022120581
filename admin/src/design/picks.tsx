import { useId } from "react";

/** One of a few answers, all of them in sight: arrows and space choose. */
export function Picks<Value extends string>({
  legend,
  choices,
  value,
  onChange,
}: {
  legend: string;
  choices: readonly { value: Value; label: string }[];
  value: Value | undefined;
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="picks">
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="pick">
          <input
            type="radio"
            name={name}
            checked={value === choice.value}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
