// What the peers have in common: `DATABASE_URL=... node serve.mjs PORT` answers GraphQL on loopback, POST to /graphql,
// until it is told to end. GET /statements: how many statements were sent to the database so far.
import { createServer } from "node:http";

export function countStatements(pg) {
  const counted = { statements: 0 };
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function send(...words) {
    counted.statements += 1;
    return query.apply(this, words);
  };
  return counted;
}

// `answer` takes a request and a response as Node's http server gives them.
export function serve(answer, counted) {
  const server = createServer((request, response) => {
    if (request.url === "/statements") {
      response.end(String(counted.statements));
    } else {
      answer(request, response);
    }
  });
  // Rounds may be longer than the five seconds for which Node keeps a connection that nobody uses.
  server.keepAliveTimeout = 600_000;
  server.listen(Number(process.argv[2]), "127.0.0.1");
}
