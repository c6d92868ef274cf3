import { ApolloProvider } from "@apollo/client/react";
import { AuthProvider, SignedIn, SignedOut, useAuth } from "@gatehouse/client/react";
import type { FormEvent } from "react";
import { auth, client } from "./apollo";

function SignIn() {
  const { signIn } = useAuth();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const credentials = {
      email: String(form.get("email")),
      password: String(form.get("password")),
    };
    signIn(credentials).catch((error: Error) => alert(error.message));
  };
  return (
    <form onSubmit={submit}>
      <input name="email" type="email" autoComplete="email" />
      <input name="password" type="password" autoComplete="current-password" />
      <button type="submit">Sign in</button>
    </form>
  );
}

function Welcome() {
  const { user, signOut } = useAuth();
  return (
    <p>
      Hello {user?.email}{" "}
      <button type="button" onClick={() => signOut()}>
        Sign out
      </button>
    </p>
  );
}

export default function App() {
  return (
    <AuthProvider auth={auth}>
      <ApolloProvider client={client}>
        <SignedOut>
          <SignIn />
        </SignedOut>
        <SignedIn>
          <Welcome />
        </SignedIn>
      </ApolloProvider>
    </AuthProvider>
  );
}
