// Starts the try-it page: the document, with the address of this very deployment in it.
(async () => {
  const said = document.getElementById("api").dataset;
  const spec = await (await fetch(said.document)).json();
  spec.servers = [{ url: new URL(said.stage, location.href).href.replace(/\/$/, "") }];
  SwaggerUIBundle({
    spec,
    dom_id: "#api",
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    filter: true,
    tagsSorter: "alpha",
    validatorUrl: null, // nobody else hears of a company's programme
  });
})();
