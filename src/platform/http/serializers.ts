import createBuilder from '@fastify/fast-json-stringify-compiler';

const build = createBuilder();

/** Makes each serializer when it is first used: all at once would be a tenth of the start. */
export const buildSerializer: typeof build = (externalSchemas, options) => {
  const compile = build(externalSchemas, options);
  return (route) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (data) => {
      serialize ??= compile(route);
      return serialize(data);
    };
  };
};
