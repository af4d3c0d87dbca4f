// PostGraphile 4 as its manual has it for production: see ../served.mjs.
import pg from "pg";
import { postgraphile } from "postgraphile";
import { countStatements, serve } from "../served.mjs";

const counted = countStatements(pg);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const options = { disableQueryLog: true, disableDefaultMutations: true, retryOnInitFail: false };
serve(postgraphile(pool, "public", options), counted);
