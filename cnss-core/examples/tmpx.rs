use cnss_core::{calendar::parse_date,fund::Fund,insured::{Career,CareerSpan}};use cnss_core::pension::*;use cnss_core::declaration::assess::assess;
fn main(){
 let go=|f:&str,kind:&str,b:&str,a:&str,sp:&[(&str,&str,i64,Option<u32>)]|{let fund=Fund::builtin(f).unwrap();
  let spans:Vec<_>=sp.iter().map(|(x,y,w,d)|CareerSpan{days:*d,..CareerSpan::new(x.parse().unwrap(),y.parse().unwrap(),(*w).into())}).collect();
  let c=Career::from_spans(&spans).unwrap();
  let s=Subject::new(parse_date(b).unwrap(),parse_date(a).unwrap(),&c);
  let r=simulate(&fund,&s,kind).unwrap();println!("== {f} {kind} {:?} {:?}",r.award.map(|a|a.monthly),r.reasons);
  let c=cnss_core::certificate::Certificate::new(&fund,&r.steps,&[("amount",r.award.unwrap().monthly)]).unwrap();println!("{c}\n{} lines",c.to_string().lines().count());};
 go("tg","normal","1964-05-01","2024-06-01",&[("1994-06","2024-05",200000,None)]);
 go("tg","early","1967-05-01","2024-06-01",&[("1994-06","2024-05",200000,None)]);
 go("ma","normal","1960-05-01","2022-06-01",&[("1994-06","2018-08",10000,Some(26))]);
 go("ma","normal","1960-05-01","2022-06-01",&[("1994-06","2018-08",5000,Some(26))]);
 go("dj","normal","1960-05-01","2022-06-01",&[("1997-06","2022-05",150000,None)]);
 go("dj","normal","1960-05-01","2022-06-01",&[("1997-06","2022-05",15000,None)]);
 let fund=Fund::builtin("tg").unwrap();
 for s in assess(&fund,"salaried","2024-03".parse().unwrap(),&[100000.into()]).unwrap().steps {println!("{} [{:?}] {} = {} ",s.label,s.op,s.value,s.working_text())}
}
