/** Floor 3. Parameters that the Hyperliquid HJB framework names: by appetite for risk, by asset, by regime. */
import { defaultComponents, type HjbComponents, type ValueFunction } from './components.js';

/** φ of the value function. */
export const risk = { conservative: 0.02, usual: 0.01, aggressive: 0.005 } as const;

/** Components by what is traded. */
export const assets: Readonly<Record<'usual' | 'btc' | 'altcoin', HjbComponents<number>>> = {
  usual: defaultComponents,
  btc: { ...defaultComponents, lambdaBase: 2 },
  altcoin: { ...defaultComponents, lambdaBase: 0.2, phi: 0.02, takerFeeBps: 2.5 },
};

/** λ₀ of the components and φ of the value function by regime of the market. */
export const regimes = {
  lowVolatility: { lambdaBase: 1.5, phi: 0.005 },
  highVolatility: { lambdaBase: 0.5, phi: 0.03 },
} as const;

/** Components and value function as the framework switches them to a regime: λ₀ of the one, φ of the other. */
export const inRegime = (
  regime: keyof typeof regimes,
  hjb: HjbComponents<number>,
  value: ValueFunction<number>,
): { readonly hjb: HjbComponents<number>; readonly value: ValueFunction<number> } => ({
  hjb: { ...hjb, lambdaBase: regimes[regime].lambdaBase },
  value: { ...value, phi: regimes[regime].phi },
});
