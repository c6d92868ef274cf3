import { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import Fastify from "fastify";
import { meDocument } from "../../client/src/documents.js";
import { announce, graphql } from "./support/announce.js";
import { person } from "./support/person.js";
import { told } from "./support/settings.js";

/** Apollo Server on Fastify as its documentation sets it up: the same answer, and nobody is asked who they are. */
const typeDefs = `#graphql
  scalar DateTime
  type User {
    id: ID! email: String! emailVerified: Boolean! username: String firstName: String
    lastName: String avatarUrl: String role: String! createdAt: DateTime! updatedAt: DateTime!
  }
  type Query { me: User! }`;

process.env.NODE_ENV = "production";
const app = Fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers: { Query: { me: async () => person } },
  plugins: [fastifyApolloDrainPlugin(app)],
});
await apollo.start();
await app.register(fastifyApollo(apollo));
await app.listen({ host: "127.0.0.1", port: told().port });
announce({ me: graphql(meDocument, undefined, { ok: '"email":' }) });
