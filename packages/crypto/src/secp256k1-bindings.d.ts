declare module "secp256k1/bindings.js" {
  const secp256k1: typeof import("secp256k1");
  export default secp256k1;
}
