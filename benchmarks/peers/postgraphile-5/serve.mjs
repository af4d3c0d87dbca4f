// PostGraphile 5 as its manual has it for production: see ../served.mjs.
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makeV4Preset } from "postgraphile/presets/v4";
import { countStatements, serve } from "../served.mjs";

const counted = countStatements(pg);
const preset = {
  // The names of version 4: one document is then good for both.
  extends: [PostGraphileAmberPreset, makeV4Preset({ disableDefaultMutations: true })],
  grafserv: { watch: false, graphqlPath: "/graphql" },
  grafast: { explain: false },
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"] })],
};
const answering = postgraphile(preset).createServ(grafserv);
serve(answering.createHandler(), counted);
