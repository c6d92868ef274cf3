import { ApolloProvider } from "@apollo/client/react";
import { AuthProvider, SignedIn, SignedOut } from "@gatehouse/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { auth, client } from "./auth";
import { Home } from "./pages/home";
import { Welcome } from "./pages/welcome";
import "./style.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <AuthProvider auth={auth}>
      <ApolloProvider client={client}>
        <SignedOut>
          <Welcome />
        </SignedOut>
        <SignedIn>
          <Home />
        </SignedIn>
      </ApolloProvider>
    </AuthProvider>
  </StrictMode>,
);
