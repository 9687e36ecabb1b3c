// What reads so much that it waits for a click: its price, how far it is, and a way to stop it.
import { formatCount, useScope } from "../shared";
import type { Offer, OfferKey } from "../view";

/** All but the picture, which stands in the picture's place. */
const LISTED: OfferKey[] = ["stats tensor", "stats slice", "hits", "top", "tiles", "detail"];

export function Offers() {
  const { store } = useScope();
  const offers = store.offers.value;
  const listed = LISTED.filter((key) => offers[key]);
  if (listed.length === 0) return null;
  return (
    <section class="ts-offers" aria-label="Costly answers">
      {listed.map((key) => (
        <OfferLine key={key} name={key} offer={offers[key] as Offer} />
      ))}
    </section>
  );
}

/** In place of a picture that reads too much to be read unasked. */
export function PictureOffer() {
  const { store } = useScope();
  const offer = store.offers.value.picture;
  return <div class="ts-offer-box">{offer && <OfferLine name="picture" offer={offer} />}</div>;
}

/** In place of the list of slices that hold hits. */
export function SlicesOffer() {
  const { store } = useScope();
  const offer = store.offers.value.slices;
  if (!offer) return null;
  return (
    <OfferLine
      name="slices"
      offer={{ ...offer, text: `takes ${offer.size}` }}
      title={offer.text}
      verb="Count them"
    />
  );
}

interface OfferProps {
  name: OfferKey;
  offer: Offer;
  title?: string;
  /** What the click does. */
  verb?: string;
}

function OfferLine({ name, offer, title, verb = "Compute" }: OfferProps) {
  const { actions } = useScope();
  const running = offer.req !== null;
  return (
    <div class="ts-offer">
      <span class="ts-clip" title={title}>
        {offer.text}
      </span>
      <span class="ts-spring" />
      {running && (
        <>
          <progress
            class="ts-progress"
            aria-label="Progress"
            max={Math.max(1, offer.total)}
            value={offer.done}
          />
          <span class="ts-num ts-dim2 ts-offer-done" role="status" aria-live="off">
            {offer.total ? `${formatCount(offer.done)} of ${formatCount(offer.total)}` : "…"}
          </span>
        </>
      )}
      {running ? (
        <button type="button" class="ts-button" onClick={() => actions.cancel(name)}>
          Cancel
        </button>
      ) : (
        <button type="button" class="ts-button ts-primary" onClick={() => actions.agree(name)}>
          {verb}
        </button>
      )}
    </div>
  );
}
