import { type FormEvent, useId } from "react";
import { useAction } from "../api/action";

export interface Credentials {
  email: string;
  password: string;
}

interface Props {
  label: string;
  /** For the browser's password manager. */
  isNew?: boolean;
  action: (credentials: Credentials) => Promise<unknown>;
}

export function CredentialsForm({ label, isNew = false, action }: Props) {
  const { run, isBusy, problem } = useAction(action);
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run({ email: String(form.get("email")), password: String(form.get("password")) });
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={`${id}-email`}>Email</label>
      <input id={`${id}-email`} name="email" type="email" autoComplete="email" required />
      <label htmlFor={`${id}-password`}>Password</label>
      <input
        id={`${id}-password`}
        name="password"
        type="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        required
      />
      <button type="submit" disabled={isBusy}>
        {label}
      </button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
