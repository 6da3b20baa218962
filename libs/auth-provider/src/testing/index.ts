export { describeAuthProvider, type AuthProviderContract, type Credentials } from './auth-provider-contract.js';
