const walk = (survey, answers, facts) => {
  const known = new Map(Object.entries(facts)), given = new Map(Object.entries(answers));
  const asked = [], required = [], offered = {};
  const several = (fact) => (fact == null || fact === "" ? [] : [].concat(fact));
  const text = (value) => String(value).toLowerCase();
  const number = (value) => (/^-?\d{1,15}$/.test(value) ? +value : NaN);
  const meets = ({ f, o, v }) => {
    const found = several(known.get(f)), limit = number(v[0]);
    const share = () => found.some((one) => v.some((other) => text(one) === text(other)));
    if (o === "answered") return found.length > 0;
    if (o === "blank") return !found.length;
    if (o === "is" || o === "any_of") return share();
    if (o === "is_not" || o === "none_of") return !share();
    if (o === "contains") return found.some((one) => v.some((part) => text(one).includes(text(part))));
    return found.some((one) => (o === "at_least" ? number(one) >= limit : number(one) <= limit));
  };
  const holds = (c) => (c.a ? c.a.every(holds) : c.y ? c.y.some(holds) : meets(c));
  const told = (answer) => {
    if (typeof answer === "string") return answer.trim() && answer;
    if (!answer || typeof answer !== "object" || Array.isArray(answer)) return answer;
    return Object.keys(answer).filter((name) => answer[name]);
  };
  let goal = "";
  for (const { i, b, r, n, s, j, o } of survey.q) {
    if (goal && goal !== i) continue;
    goal = "";
    const options = o && o.filter(([, classes]) => !classes.length || classes.includes(known.get("class"))).map(([id]) => id);
    if ((s && !holds(s)) || (options && !options.length)) continue;
    asked.push(i);
    if (options) offered[i] = options;
    if (r || (n && holds(n))) required.push(i);
    let answer = told(given.get(i));
    if (options) answer = several(answer).filter((id) => options.includes(id));
    if (several(answer).length) {
      known.set("answer." + i, answer);
      if (b) known.set("class", answer <= survey.d ? "detractor" : answer <= survey.p ? "passive" : "promoter");
    }
    goal = ((j || []).find(([when]) => holds(when)) || [])[1] || "";
  }
  return { asked, required, offered, cls: known.get("class") || "" };
};
