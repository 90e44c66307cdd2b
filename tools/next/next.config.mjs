/** Its worker thread is a file of the package, which a bundle would not have. */
export default { serverExternalPackages: ['cutover'], turbopack: { root: import.meta.dirname } };
