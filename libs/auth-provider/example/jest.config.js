/** The package is ES modules, as jest can run them with `node --experimental-vm-modules`. */
export default { transform: {} };
