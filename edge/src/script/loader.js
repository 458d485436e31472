/*! Rekomi: attribution for your pages */
(function (w, d) {
  "use strict";
  var first = d.querySelector('script[data-program-id][src*="loader.js"]'), me = d.currentScript || first;
  var page = w.Rekomi || {}, all = page.programs = page.programs || {};
  if (!me || all[me.dataset.programId]) return;
  var data = me.dataset, program = data.programId, name = "rekomi_" + program, legacy = "rekomi";
  var queued = [], done, may = data.consent !== "required", own = +data.cookieDays, days = own || 60;
  var signal = !!navigator.globalPrivacyControl, quiet = signal && data.gpc !== "ignore";
  var state = null, landed = null, seen = {}, rest = [];
  var api = attempt(function () { return new URL(data.api || me.src).origin; }) || "";

  function attempt(f) { try { return f(); } catch (e) {} }
  function live(s) { return s && typeof s.r === "string" && !(s.x < Date.now()) ? s : null; }
  function ends(window) { return Date.now() + (window || days) * 864e5; }
  function read(key) {
    return live(attempt(function () { return JSON.parse(localStorage.getItem(key)); })) || live(attempt(function () {
      var m = decodeURIComponent(d.cookie.match("(?:^|; )" + key + "=([^;]*)")[1]).split("|");
      return { r: m[0], t: m[1] || null, x: +m[2] || ends() };
    }));
  }
  function stored() {
    var found = read(name), other = !found && read(legacy);
    if (other) other.a = null;
    return found || other;
  }
  function cookie(key, value, until) {
    attempt(function () {
      d.cookie = key + "=" + encodeURIComponent(value) + "; path=/; SameSite=Lax" +
        (location.protocol === "https:" ? "; Secure" : "") + "; max-age=" + Math.round((until - Date.now()) / 1e3);
    });
  }
  function keep() {
    if (!may || !state || quiet) return;
    attempt(function () { localStorage.setItem(name, JSON.stringify(state)); });
    if (state.t || !state.o) cookie(name, state.r + "|" + (state.t || "") + "|" + state.x, state.x);
  }
  function forget(key) {
    attempt(function () { localStorage.removeItem(key); });
    attempt(function () { sessionStorage.removeItem(key); });
    cookie(key, "", 0);
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
    var failed = { ok: false, status: 0, error: "unreachable" };
    return attempt(function () {
      return fetch(api + path, {
        method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "text/plain" },
        credentials: may ? "include" : "omit", keepalive: true, mode: "cors"
      }).then(function (r) {
        return r.json().then(function (j) { j.ok = r.ok; j.status = r.status; return j; });
      }).catch(function () { return failed; });
    }) || Promise.resolve(failed);
  }
  function lookUp() {
    var mine = state, body;
    done = false;
    show();
    keep();
    if (!may || !mine || !program || mine.a) return finish();
    body = { programId: program, via: mine.r, url: location.origin + location.pathname };
    if (mine.t) body.clickToken = mine.t;
    if (mine.o && mine.o.t) body.previousToken = mine.o.t;
    if (!quiet) body.referrer = d.referrer;
    setTimeout(function () { if (state === mine) finish(); }, 5e3);
    post("/api/v1/track/click", body).then(function (j) {
      if (state !== mine) return;
      if (j.ok) {
        quiet = signal && !j.ignoresGpc;
        if (quiet) forget(name);
        state = mine.o && mine.o.t === j.clickToken ? mine.o : {
          r: mine.r, t: j.clickToken, a: j.affiliate, c: j.campaign,
          x: ("o" in mine || !mine.t) && !own ? ends(j.cookieWindowDays) : mine.x
        };
      } else if (j.status === 404) {
        if (rest[0]) return take(null, mine.o);
        state = mine.o || null;
        if (!state) forget(name);
      }
      keep();
      finish();
    });
  }
  function arrivals() { return attempt(function () { return sessionStorage.getItem(name); }) || ""; }
  function take(token, old) {
    if (may && !quiet) attempt(function () { sessionStorage.setItem(name, arrivals() + landed.k); });
    state = { r: rest.shift(), t: token, x: ends(), o: old ? old.o || old : null };
    lookUp();
  }
  function begin() {
    var old = state || (may ? stored() : null), via = landed && landed.v[0], token = landed && landed.t;
    // Who reloads a page or goes back to it arrived before, if this tab remembers that: something as new is kept since.
    var load = performance.getEntriesByType("navigation")[0] || {}, returns = landed && landed.l && /^(reload|back)/.test(load.type);
    var again = old && old.t && ((token && old.r === via && old.t === token) || (returns && arrivals().indexOf(landed.k) >= 0));
    if (via && !again) {
      rest = landed.v.slice();
      return take(token, old);
    }
    state = old;
    lookUp();
  }
  function arrive(loaded) {
    var q = new URLSearchParams(location.search), token = q.get("via") && q.get("rk"), found = [];
    if (!/^rkc_[\w-]{75}$/.test(token || "")) token = null;
    (token ? ["via"] : [data.param, "via", "ref", "fpr", "rfsn", "aff", "a_aid", "fp_ref", "fp_sid", "afmc", "ps_partner_key",
      "gspk", "deal", "_from", "_by", "_go", "r"]).forEach(function (p) {
      var v = p && q.get(p);
      if (v && /^(ps_|gs)/.test(p)) v = attempt(function () { return atob(v); });
      if (v && p === "rfsn") v = v.replace(".", "-");
      if (/^[\w-]{3,64}$/.test(v || "") && found.indexOf(v) < 0 && found.length < 3) found.push(v);
    });
    if (!found[0] || seen[found + token]) return false;
    seen[found + token] = true;
    landed = { v: found, t: token, k: found + "|" + token + ";", l: loaded };
    return true;
  }
  function move() { attempt(function () { if (arrive()) begin(); }); }

  var R = all[program] = {
    referral: null, affiliate: null, campaign: null, coupon: null, clickToken: null, programs: all,
    ready: function (f) { done ? run(f) : queued.push(f); },
    getReferral: function () { return R.referral; },
    consent: function (yes, alone) {
      var before = may;
      may = yes !== false;
      if (!may) {
        state = null;
        forget(name);
        forget(legacy);
        finish();
      } else if (!before) {
        state = null;
        begin();
      }
      if (!alone) Object.keys(all).forEach(function (id) { all[id].consent(yes, true); });
    },
    convert: function (sale) {
      var body = { public_key: data.publicKey };
      Object.keys(sale || {}).forEach(function (k) {
        body[k.replace(/[A-Z]/g, function (c) { return "_" + c.toLowerCase(); })] = sale[k];
      });
      if (body.customer_email && !body.email) body.email = body.customer_email;
      if (may && !body.click_token && R.clickToken) body.click_token = R.clickToken;
      if (may && !body.affiliate_slug && R.referral) body.affiliate_slug = R.referral;
      return post("/api/tracking/pixel", body);
    }
  };
  if (page.convert || (first && me !== first)) {
    if (!page.ready) {
      w.Rekomi = page;
      page.q = page.q || [];
      page.ready = function (f) { page.q.push(f); };
    }
  } else {
    queued = page.q || [];
    w.Rekomi = R;
  }

  try {
    arrive(true);
    begin();
  } catch (e) { finish(); }
  attempt(function () {
    ["pushState", "replaceState"].forEach(function (n) {
      var f = history[n];
      history[n] = function () {
        var r = f.apply(this, arguments);
        move();
        return r;
      };
    });
    w.addEventListener("popstate", move);
  });
})(window, document);
