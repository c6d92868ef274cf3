import { useAuth } from "@gatehouse/client/react";
import { useState } from "react";
import { CredentialsForm } from "./credentials-form";

/** For whoever is not signed in. */
export function Welcome() {
  const { register, signIn } = useAuth();
  const [isNew, setNew] = useState(false);
  return (
    <main>
      <h1>{isNew ? "Sign up" : "Sign in"}</h1>
      {isNew ? (
        <CredentialsForm key="new" label="Sign up" isNew action={register} />
      ) : (
        <CredentialsForm key="known" label="Sign in" action={signIn} />
      )}
      <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I have no account yet"}
      </button>
    </main>
  );
}
