/* Rekomi: attribution for your pages */
(function (w, d) {
  "use strict";
  var me = d.currentScript || d.querySelector("script[data-program-id]");
  if (!me || (w.Rekomi && w.Rekomi.convert)) return;
  var data = me.dataset, api = data.api, program = data.programId, name = "rekomi";
  var queued = (w.Rekomi && w.Rekomi.q) || [], done = false, quiet = data.gpc !== "ignore" && !!navigator.globalPrivacyControl;
  var may = data.consent !== "required", days = +data.cookieDays || 60, state = null, old = null, fresh = false;
  try { api = new URL(api || me.src).origin; } catch (e) { api = ""; }

  function read() {
    var found = null;
    try { found = JSON.parse(localStorage.getItem(name)); } catch (e) {}
    if (!found) {
      try {
        var m = d.cookie.match(/(?:^|; )rekomi=([^;]*)/);
        if (m) { m = decodeURIComponent(m[1]).split("|"); found = { r: m[0], t: m[1] || null, x: Infinity }; }
      } catch (e) {}
    }
    return found && typeof found.r === "string" && !(found.x < Date.now()) ? found : null;
  }
  function keep() {
    if (!may || !state || quiet) return;
    try { localStorage.setItem(name, JSON.stringify(state)); } catch (e) {}
    try {
      d.cookie = name + "=" + encodeURIComponent(state.r + "|" + (state.t || "")) + "; path=/; SameSite=Lax" +
        (location.protocol === "https:" ? "; Secure" : "") + "; max-age=" + days * 86400;
    } catch (e) {}
  }
  function forget() {
    try { localStorage.removeItem(name); d.cookie = name + "=; path=/; max-age=0"; } catch (e) {}
  }
  function show() {
    R.referral = state ? state.r : null;
    R.clickToken = (state && state.t) || null;
    R.affiliate = (state && state.a) || null;
    R.campaign = (state && state.c) || null;
    R.coupon = (R.affiliate && R.affiliate.coupon) || null;
  }
  function run(f) { try { if (typeof f === "function") f(R); } catch (e) { setTimeout(function () { throw e; }); } }
  function finish() { done = true; show(); queued.splice(0).forEach(run); }
  function post(path, body) {
    try {
      return fetch(api + path, {
        method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "text/plain" },
        credentials: "include", keepalive: true, mode: "cors"
      }).then(function (r) {
        return r.json().then(function (j) { j.ok = r.ok; j.status = r.status; return j; });
      }).catch(function () { return { ok: false, status: 0, error: "unreachable" }; });
    } catch (e) { return Promise.resolve({ ok: false, status: 0, error: "unreachable" }); }
  }
  function lookUp() {
    if (!may || !state || !program || !(fresh || !state.a)) return finish();
    var body = { programId: program, via: state.r, url: location.origin + location.pathname };
    if (state.t) body.clickToken = state.t;
    if (!quiet) body.referrer = d.referrer;
    post("/api/v1/track/click", body).then(function (j) {
      if (j.ok) { state.t = j.clickToken; state.a = j.affiliate; state.c = j.campaign; keep(); }
      else if (j.status === 404 && fresh) { state = old; state ? keep() : forget(); }
      finish();
    });
  }

  var R = w.Rekomi = {
    referral: null, affiliate: null, campaign: null, coupon: null, clickToken: null,
    ready: function (f) { done ? run(f) : queued.push(f); },
    getReferral: function () { return R.referral; },
    consent: function (yes) {
      may = yes !== false;
      if (may) { keep(); lookUp(); return; }
      state = null; show(); forget();
    },
    convert: function (sale) {
      var body = { public_key: data.publicKey };
      Object.keys(sale || {}).forEach(function (k) {
        body[k.replace(/[A-Z]/g, function (c) { return "_" + c.toLowerCase(); })] = sale[k];
      });
      if (body.customer_email && !body.email) body.email = body.customer_email;
      if (!body.click_token && R.clickToken) body.click_token = R.clickToken;
      if (!body.affiliate_slug && R.referral) body.affiliate_slug = R.referral;
      return post("/api/tracking/pixel", body);
    }
  };

  try {
    var q = new URLSearchParams(location.search), via = null, token = q.get("rk");
    [data.param, "via", "ref", "fpr", "rfsn", "aff", "a_aid"].some(function (p) {
      var v = p && q.get(p);
      return v && /^[\w-]{3,64}$/.test(v) && (via = v);
    });
    if (!/^rkc_[\w-]{75}$/.test(token || "")) token = null;
    old = read();
    var again = old && old.r === via && old.t &&
      (token ? old.t === token : (performance.getEntriesByType("navigation")[0] || {}).type !== "navigate");
    if (via && !again) {
      state = { r: via, t: token, x: Date.now() + days * 864e5 };
      fresh = true;
    } else state = old;
    show();
    keep();
    lookUp();
  } catch (e) { finish(); }
})(window, document);
