// Mounts GraphiQL on its own page. The key of a partner goes into the Headers tab; cookies are never read.
const example = `# The origin chain of a claim, and how many independent origins it has.
# A partner adds {"Authorization": "Api-Key ..."} under Headers to see drafts of its own.
{
  claims(first: 1) {
    totalCount
    edges {
      node {
        slug
        text
        provenance {
          nodes {
            stance
            certainty
            saidAt
            evidence { state quote { exact } }
            source { url title publisher { name } }
          }
          independence { appearanceCount independentOriginCount establishedOriginCount }
          findings { kind message }
        }
      }
    }
  }
}
`;

const fetcher = GraphiQL.createFetcher({ url: window.location.pathname });
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
root.render(React.createElement(GraphiQL, { fetcher, defaultQuery: example }));
