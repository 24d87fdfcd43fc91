/** Z3 in a process of its own, which its parent can end: one script a message, answered with what Z3 prints. */
import { init } from "z3-solver";

const { Z3 } = await init();

process.on("message", (script: string) => {
  void (async () => {
    const config = Z3.mk_config();
    const context = Z3.mk_context(config);
    Z3.del_config(config);
    const answer = await Z3.eval_smtlib2_string(context, script);
    Z3.del_context(context);
    process.send?.(answer);
  })();
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
