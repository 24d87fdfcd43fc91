/** ABI of AssayFactory; `npm run generate -w @assay/sdk` writes this file. */
export const factoryAbi = [
  {"name":"Create2EmptyBytecode","type":"error","inputs":[]},
  {"name":"Create3EmptyBytecode","type":"error","inputs":[]},
  {"name":"FailedDeployment","type":"error","inputs":[]},
  {"name":"InsufficientBalance","type":"error","inputs":[{"name":"balance","type":"uint256"},{"name":"needed","type":"uint256"}]},
  {"name":"WrongWiring","type":"error","inputs":[{"name":"consensus","type":"address"},{"name":"claims","type":"address"}]},
  {"anonymous":false,"name":"Deployed","type":"event","inputs":[{"name":"deployer","type":"address","indexed":true},{"name":"salt","type":"bytes32","indexed":true},{"name":"consensus","type":"address","indexed":false},{"name":"claims","type":"address","indexed":false}]},
  {"name":"addressesOf","stateMutability":"view","type":"function","inputs":[{"name":"deployer","type":"address"},{"name":"salt","type":"bytes32"}],"outputs":[{"name":"consensus","type":"address"},{"name":"claims","type":"address"}]},
  {"name":"deploy","stateMutability":"nonpayable","type":"function","inputs":[{"name":"salt","type":"bytes32"},{"name":"p","type":"tuple","components":[{"name":"token","type":"address"},{"name":"registry","type":"address"},{"name":"sink","type":"address"},{"name":"genesis","type":"uint256"},{"name":"epochLength","type":"uint256"}]},{"name":"consensusCode","type":"bytes"},{"name":"claimsCode","type":"bytes"}],"outputs":[{"name":"consensus","type":"address"},{"name":"claims","type":"address"}]},
] as const;
