/**
 * Why do two connections to different ports collide at 15006?
 *
 * A client may use one source port for connections to two ports of a pod: 40000 to :80 and 40000 to :8080 are different
 * connections. REDIRECT makes one of them: both would be 40000 to :15006. The second one's answers could not be told from
 * the first one's, so the kernel draws another source port for it, although no rule speaks of the source. Envoy
 * sees a client port that the client never had, and logs that correlate by port do not match.
 *
 * Nothing is lost: SO_ORIGINAL_DST still tells 80 from 8080, and answers go back to 40000. With TPROXY there is no
 * translation, and no collision.
 */
import { expect, test } from "vitest";
import { send } from "../../src/index.ts";
import "../../src/vitest.ts";
import { arrives, pod, USUAL } from "./pod.ts";

const first = arrives(80, { sport: 40000 });
const second = arrives(8080, { sport: 40000 });

test("the second connection gets another source port", () => {
  const one = send(pod(), first);
  expect(one.walk.fate).toMatchObject({ sport: 40000, dport: 15006 });
  const two = send(one.netns, second);
  expect(two.walk).toBeRedirectedTo(15006);
  const { fate, originalDst } = two.walk;
  const drawn = fate.kind === "delivered" ? fate.sport! : 40000;
  expect(drawn).not.toBe(40000);
  // From the class of unprivileged ports, as 40000 is one.
  expect(drawn).toBeGreaterThanOrEqual(1024);
  expect(originalDst).toEqual({ address: "10.244.1.10", port: 8080 });
});

test("its answers go back to the port that the client used", () => {
  const two = send(send(pod(), first).netns, second);
  const { fate } = two.walk;
  const drawn = fate.kind === "delivered" ? fate.sport! : 0;
  const answer = {
    proto: "tcp",
    src: "10.244.1.10",
    sport: 15006,
    dst: "10.244.1.20",
    dport: drawn,
    uid: 1337,
    gid: 1337,
  };
  const back = send(two.netns, { ...answer, flags: ["SYN", "ACK"] }).walk;
  expect(back).toBeSent({ address: "10.244.1.20", port: 40000 });
  expect(back.fate).toMatchObject({ src: "10.244.1.10", sport: 8080 });
});

test("alone, each keeps its port; under TPROXY both do", () => {
  expect(send(pod(), second).walk.fate).toMatchObject({ sport: 40000 });
  const tproxy = pod({ ...USUAL, inboundInterceptionMode: "TPROXY" });
  const two = send(send(tproxy, first).netns, second);
  expect(two.walk).toDeliverTo(15006);
  expect(two.walk.fate).toMatchObject({ sport: 40000, dport: 8080 });
});
