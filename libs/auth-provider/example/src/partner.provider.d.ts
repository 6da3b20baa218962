import { AuthProvider, type AuthOutcome, type AuthRequest } from '@hermes/auth-provider';

export declare class PartnerProvider extends AuthProvider {
  constructor(secret: string | undefined);
  authenticate(request: AuthRequest): Promise<AuthOutcome>;
}
